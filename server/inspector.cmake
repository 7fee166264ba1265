add_executable(yinxin-inspector inspector.cpp inspector_sandbox.cpp)
target_link_libraries(yinxin-inspector PRIVATE yinxin_ipc yinxin_verify yinxin_warnings PkgConfig::SECCOMP)
