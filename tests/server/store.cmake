yinxin_test(server_domain
  SOURCES domain/document_test.cpp domain/reversal_test.cpp domain/verification_code_test.cpp
  USES register)
yinxin_test(server_register SOURCES storage/fsck_test.cpp storage/register_secret_test.cpp storage/store_test.cpp USES register)
# With deliberate faults compiled in: its own writer.cpp takes the place of the library's.
yinxin_test(server_power_loss
  SOURCES storage/memory_disk.cpp storage/power_loss_test.cpp ${PROJECT_SOURCE_DIR}/server/storage/writer.cpp
  USES register)
target_compile_definitions(server_power_loss_test PRIVATE YINXIN_DEFECTS)
yinxin_test(server_service
  SOURCES service/issue_test.cpp service/verification_test.cpp
  USES store keys)
