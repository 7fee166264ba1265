yinxin_test(server_http
  SOURCES
    http/connections_test.cpp http/deadline_test.cpp http/framing_test.cpp http/limit_test.cpp
    http/limiter_test.cpp http/line_writer_test.cpp http/log_test.cpp http/message_test.cpp http/problem_test.cpp http/router_test.cpp
    http/server_test.cpp http/test_server.cpp
  USES http LIBS Poco::Net)
yinxin_test(server_api
  SOURCES
    api/description_test.cpp api/documents_test.cpp api/pages_test.cpp api/report_test.cpp api/seals_test.cpp api/verifications_test.cpp
    api/web_test.cpp http/test_server.cpp
  USES http LIBS Poco::Net)
target_compile_definitions(server_api_test PRIVATE YINXIN_SOURCE="${PROJECT_SOURCE_DIR}")
yinxin_test(server_pages
  SOURCES service/pages_test.cpp service/report_test.cpp http/test_server.cpp
  USES http store keys inspector_prepare paper LIBS Poco::Net)
