# What is kept: knows nothing of forms, pages and seals.
yinxin_module(register
  HEADERS
    domain/document.h domain/key_state.h domain/reversal.h domain/role.h domain/verification_code.h
    storage/fsck.h storage/key_register.h storage/store.h
  SOURCES
    domain/document.cpp domain/key_state.cpp domain/reversal.cpp domain/role.cpp domain/verification_code.cpp
    storage/dictionaries.cpp storage/fsck.cpp storage/log_hash.cpp storage/packing.cpp storage/readers.cpp storage/register_secret.cpp
    storage/shared_rows.cpp
    storage/sqlite.cpp storage/sqlite_callers.cpp storage/sqlite_issuing.cpp storage/sqlite_keys.cpp storage/sqlite_levels.cpp storage/sqlite_open.cpp
    storage/sqlite_seals.cpp
    storage/sqlite_reading.cpp storage/writer.cpp
  USES common crypto pki
  LIBS SQLite::SQLite3 nlohmann_json::nlohmann_json
  PRIVATE_LIBS PkgConfig::ZSTD)
yinxin_embed(yinxin_register migrations
  storage/migrations/0001_initial.sql storage/migrations/0002_seals.sql storage/migrations/0003_roles.sql
  storage/migrations/0004_levels.sql
  storage/migrations/0005_keys.sql
  storage/migrations/0006_seal_records.sql
  storage/migrations/0007_dictionaries.sql
  storage/migrations/0008_less_room.sql)

yinxin_module(json_input
  HEADERS json_input.h
  SOURCES json_input.cpp
  USES common
  LIBS nlohmann_json::nlohmann_json)

# The use cases.
yinxin_module(store
  HEADERS service/api_keys.h service/preflight.h service/recovery.h service/service.h
  SOURCES
    service/answers.cpp service/api_keys.cpp service/audited_key.cpp service/canonical_json.cpp service/clock_guard.cpp service/extension.cpp service/external_sealer.cpp
    service/facts.cpp service/file_verification.cpp service/first_seal.cpp
    service/issue_workers.cpp service/issuer.cpp service/issuer_recovery.cpp service/issuer_seals.cpp service/issuer_specimen.cpp service/kept_answer.cpp service/packing_dictionary.cpp service/paper_verification.cpp service/preflight.cpp service/recovery.cpp
    service/request_key.cpp service/seal_choice.cpp service/seal_design.cpp service/seal_keys.cpp service/seal_levels.cpp service/seal_path.cpp service/service.cpp service/verification.cpp
  USES changed_pages external_seal json_input levels register paper_reading pdf_rules pdf_press signer verify
  LIBS nlohmann_json::nlohmann_json
  PRIVATE_LIBS spdlog::spdlog)
