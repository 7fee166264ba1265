# QR symbols by themselves: who looks for them in a photo needs no press.
yinxin_module(pdf_barcode
  HEADERS barcode.h qr_layout.h qr_plate.h
  SOURCES barcode.cpp qr_layout.cpp qr_plate.cpp
  USES common
  PRIVATE_LIBS ZXing::ZXing)
yinxin_module(pdf_press
  HEADERS form_proof.h geometry.h grey_raster.h overprint.h png_image.h printed_page.h stream_memory.h seal_image.h seal_picture.h typeface.h
  SOURCES typeface.cpp typeface_embed.cpp glyph_program.cpp object_writer.cpp qr_stream.cpp typesetter.cpp
          color_profile.cpp document_metadata.cpp form_compiler.cpp form_cache.cpp
          overprint.cpp overprint_values.cpp overprint_prepare.cpp overprint_plan.cpp seal_geometry.cpp seal_image.cpp seal_picture.cpp
          form_proof.cpp grey_raster.cpp png_image.cpp print_check.cpp printed_page.cpp
  USES common pdf_barcode pdf_layout pdf_reader
  LIBS nlohmann_json::nlohmann_json
  PRIVATE_LIBS PkgConfig::HARFBUZZ PkgConfig::ZLIB PkgConfig::QPDF PNG::PNG ${HPDF_LIBRARY})
