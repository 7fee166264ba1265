yinxin_test(pdf_press SOURCES overprint_test.cpp layout_test.cpp typeface_test.cpp barcode_test.cpp qr_plate_test.cpp
    print_check_test.cpp png_image_test.cpp seal_image_test.cpp seal_picture_test.cpp object_writer_test.cpp
    USES pdf_barcode pdf_press pdf_reader LIBS nlohmann_json::nlohmann_json PkgConfig::QPDF PkgConfig::ZLIB PNG::PNG)
