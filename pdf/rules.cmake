pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
yinxin_module(pdf_rules
    HEADERS form.h form_disclosure.h form_folder.h form_layout_paths.h form_number.h form_parts.h schema.h schema_pattern.h rules/checks.h
            rules/faults.h rules/functions.h rules/identity.h rules/invoice.h rules/moments.h rules/months.h rules/named.h
            rules/scope.h rules/sums.h rules/tables.h rules/text.h rules/words.h
    SOURCES form.cpp form_disclosure.cpp form_folder.cpp form_layout_paths.cpp form_library.cpp form_number.cpp form_reader.cpp schema.cpp
            schema_pattern.cpp rules/checks.cpp rules/functions.cpp rules/identity.cpp rules/invoice.cpp
            rules/moments.cpp rules/months.cpp rules/scope.cpp rules/sums.cpp rules/tables.cpp rules/text.cpp
            rules/words.cpp
    USES common pdf_layout
    LIBS nlohmann_json::nlohmann_json
    PRIVATE_LIBS PkgConfig::UTF8PROC)
