yinxin_module(ipc
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/ipc/channel.h
  SOURCES ipc/channel.cpp
  USES common
  LIBS nlohmann_json::nlohmann_json)

yinxin_module(config
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/config.h
  SOURCES config.cpp
  USES common
  LIBS nlohmann_json::nlohmann_json
  PRIVATE_LIBS tomlplusplus::tomlplusplus)

yinxin_module(children
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/children.h
  SOURCES children.cpp
  USES ipc
  PRIVATE_LIBS spdlog::spdlog)

yinxin_module(sealer_client
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/sealer_client.h
  SOURCES sealer_client.cpp
  USES children pki)

add_executable(yinxin-sealer sealer.cpp)
target_link_libraries(yinxin-sealer PRIVATE yinxin_ipc yinxin_keys yinxin_warnings PkgConfig::SECCOMP Threads::Threads)
