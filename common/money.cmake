target_sources(yinxin_common PRIVATE money.cpp PUBLIC FILE_SET HEADERS FILES money.h)
