# How a seal gets to its level: time stamps, revocation data, extending. No register, no HTTP of its own.
yinxin_module(levels
  HEADERS levels/raise.h levels/revocations.h levels/timestamps.h
  SOURCES levels/raise.cpp levels/revocations.cpp levels/timestamps.cpp
  USES common crypto pki pdf_reader signer verify)
