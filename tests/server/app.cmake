yinxin_test(server_ipc SOURCES ipc/channel_test.cpp USES ipc)
yinxin_test(server_config SOURCES config_test.cpp USES config)
