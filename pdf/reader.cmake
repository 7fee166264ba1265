# The strict reader and the writer of revisions on top of it. No cryptography.
yinxin_module(pdf_reader
    HEADERS evidence_update.h fingerprint.h geometry.h incremental_update.h object_sink.h page_marks.h page_view.h picture_object.h reader.h reader_content.h reader_filters.h reader_indirect.h reader_lexer.h reader_object.h
            reader_xref.h riding_seal.h seal_picture.h seal_place.h signature_objects.h signature_spec.h text_string.h
    SOURCES evidence_update.cpp fingerprint.cpp incremental_update.cpp object_sink.cpp page_marks.cpp page_view.cpp picture_object.cpp reader.cpp reader_content.cpp reader_filters.cpp reader_indirect.cpp reader_lexer.cpp reader_open.cpp
            reader_xref.cpp revision_writer.cpp riding_seal.cpp seal_place.cpp signature_objects.cpp text_string.cpp
    USES common
    PRIVATE_LIBS PkgConfig::ZLIB)
