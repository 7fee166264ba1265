yinxin_test(common_money SOURCES money_test.cpp USES common)
