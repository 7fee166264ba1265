include(${CMAKE_CURRENT_LIST_DIR}/embed.cmake)
yinxin_module(store
  HEADERS domain/document.h domain/verification_code.h storage/fsck.h storage/store.h
  SOURCES
    domain/document.cpp domain/verification_code.cpp
    storage/fsck.cpp storage/log_hash.cpp storage/packing.cpp storage/readers.cpp storage/register_secret.cpp storage/sqlite.cpp
    storage/sqlite_callers.cpp storage/sqlite_issuing.cpp storage/sqlite_open.cpp storage/sqlite_reading.cpp
    storage/writer.cpp ${PROJECT_SOURCE_DIR}/keys/crypto/aead.cpp
  USES common crypto pki
  LIBS SQLite::SQLite3
  PRIVATE_LIBS PkgConfig::ZSTD)
yinxin_embed(yinxin_store migrations storage/migrations/0001_initial.sql)
