yinxin_test(server_levels SOURCES levels/raise_test.cpp levels/timestamps_test.cpp USES levels keys)
