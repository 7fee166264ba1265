yinxin_module(ipc
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/ipc/channel.h
  SOURCES ipc/channel.cpp
  USES common
  LIBS nlohmann_json::nlohmann_json)
