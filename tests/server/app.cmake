yinxin_test(server_ipc SOURCES ipc/channel_test.cpp USES ipc)
