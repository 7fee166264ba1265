yinxin_test(pdf_reader SOURCES evidence_update_test.cpp incremental_update_test.cpp reader_test.cpp riding_seal_test.cpp seal_place_test.cpp text_string_test.cpp USES pdf_reader LIBS PkgConfig::ZLIB)
