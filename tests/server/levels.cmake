yinxin_test(server_levels SOURCES levels/timestamps_test.cpp USES levels keys)
