yinxin_test(server_domain
  SOURCES
    domain/document_test.cpp domain/reversal_test.cpp domain/role_test.cpp domain/verification_code_test.cpp
  USES register)
yinxin_test(server_json_input SOURCES json_input_test.cpp USES json_input)
yinxin_test(server_register
  SOURCES storage/dictionary_test.cpp storage/fsck_test.cpp storage/key_register_test.cpp storage/levels_test.cpp storage/lookup_test.cpp storage/memory_disk.cpp storage/readers_test.cpp storage/register_secret_test.cpp storage/store_test.cpp
  USES register)
target_compile_definitions(server_register_test PRIVATE YINXIN_MIGRATIONS="${PROJECT_SOURCE_DIR}/server/storage/migrations")
# With deliberate faults compiled in: its own writer.cpp takes the place of the library's.
yinxin_test(server_power_loss
  SOURCES storage/memory_disk.cpp storage/power_loss_test.cpp ${PROJECT_SOURCE_DIR}/server/storage/writer.cpp
  USES register)
target_compile_definitions(server_power_loss_test PRIVATE YINXIN_DEFECTS)
yinxin_test(server_service
  SOURCES
    service/answers_test.cpp service/api_keys_test.cpp service/canonical_json_test.cpp service/external_seal_test.cpp service/issue_test.cpp service/issue_workers_test.cpp service/kept_answer_test.cpp
    service/keys_test.cpp service/packing_dictionary_test.cpp service/paper_verification_test.cpp service/recovery_test.cpp service/seal_choice_test.cpp service/seal_levels_test.cpp service/sm2_issue_test.cpp service/trust_test.cpp
    service/verification_test.cpp storage/memory_disk.cpp
  USES store keys demo_pki inspector_prepare paper)
