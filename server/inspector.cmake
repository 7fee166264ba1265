yinxin_module(inspector_nest
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/inspector_nest.h ${CMAKE_CURRENT_SOURCE_DIR}/inspector_sandbox.h
  SOURCES inspector_nest.cpp inspector_sandbox.cpp
  USES ipc
  PRIVATE_LIBS PkgConfig::SECCOMP)
add_executable(yinxin-inspector inspector.cpp)
target_link_libraries(yinxin-inspector PRIVATE yinxin_inspector_nest yinxin_verify yinxin_warnings)
