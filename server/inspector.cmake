yinxin_module(inspector_nest
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/inspector_nest.h ${CMAKE_CURRENT_SOURCE_DIR}/inspector_sandbox.h
  SOURCES inspector_nest.cpp inspector_sandbox.cpp
  USES ipc
  PRIVATE_LIBS PkgConfig::SECCOMP)
# What is asked of a file that is to be sealed, and the work of a child on it.
yinxin_module(external_seal
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/external_seal.h
  SOURCES external_seal.cpp
  USES common pdf_reader
  LIBS nlohmann_json::nlohmann_json)
yinxin_module(inspector_prepare
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/inspector_prepare.h
  SOURCES inspector_prepare.cpp
  USES external_seal verify)
add_executable(yinxin-inspector inspector.cpp)
target_link_libraries(yinxin-inspector PRIVATE yinxin_inspector_nest yinxin_inspector_prepare yinxin_verify yinxin_warnings)
