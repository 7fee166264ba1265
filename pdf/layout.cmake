# layout.json: read and checked without a font, so that it can be done when a form is loaded.
yinxin_module(pdf_layout
  HEADERS face.h layout.h layout_check.h layout_members.h layout_reader.h layout_styles.h
  SOURCES layout.cpp layout_check.cpp layout_members.cpp layout_reader.cpp layout_styles.cpp
  USES common
  LIBS nlohmann_json::nlohmann_json)
