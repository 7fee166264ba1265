# The strict reader and the writer of revisions on top of it. No cryptography.
yinxin_module(pdf_reader
    HEADERS evidence_update.h geometry.h incremental_update.h reader.h reader_filters.h reader_indirect.h reader_lexer.h reader_object.h
            reader_xref.h seal_picture.h text_string.h
    SOURCES evidence_update.cpp incremental_update.cpp reader.cpp reader_filters.cpp reader_indirect.cpp reader_lexer.cpp reader_open.cpp
            reader_xref.cpp revision_writer.cpp text_string.cpp
    USES common
    PRIVATE_LIBS PkgConfig::ZLIB)
