yinxin_test(pdf_rules SOURCES rules_words_test.cpp rules_identity_test.cpp rules_invoice_test.cpp rules_text_test.cpp
    USES pdf_rules LIBS nlohmann_json::nlohmann_json)
yinxin_test(pdf_schema SOURCES schema_test.cpp schema_pattern_test.cpp USES pdf_rules LIBS nlohmann_json::nlohmann_json)
yinxin_test(pdf_form SOURCES form_test.cpp form_faults_test.cpp form_folder_test.cpp form_library_test.cpp
    USES pdf_rules LIBS nlohmann_json::nlohmann_json)
yinxin_test(pdf_form_print SOURCES form_print_test.cpp USES pdf_rules pdf_press pdf_reader
    LIBS nlohmann_json::nlohmann_json)
