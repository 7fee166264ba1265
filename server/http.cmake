# HTTP: the listener, the routes, the pages.
yinxin_module(http
  HEADERS
    embedded.h
    http/access_log.h http/application.h http/connection.h http/connections.h http/known_keys.h
    http/limiter.h http/line_writer.h http/message.h http/problem.h http/router.h http/server.h
    api/handlers.h api/pages.h api/routes.h api/upload.h api/use_cases.h api/web.h
  SOURCES
    http/access_log.cpp http/application.cpp http/connection.cpp http/connections.cpp
    http/known_keys.cpp http/limiter.cpp http/line_writer.cpp http/message.cpp http/problem.cpp http/router.cpp http/server.cpp
    api/answer_rows.cpp api/description.cpp api/documents.cpp api/home_page.cpp api/page.cpp api/page_state.cpp api/pages.cpp api/report.cpp api/result_pages.cpp api/routes.cpp api/seals.cpp api/service_routes.cpp
    api/upload.cpp api/use_cases.cpp api/verifications.cpp api/web.cpp
  USES common crypto json_input store
  LIBS nlohmann_json::nlohmann_json
  PRIVATE_LIBS Poco::Net Poco::Foundation)
target_include_directories(yinxin_http SYSTEM PUBLIC ${MUSTACHE_INCLUDE_DIR})
yinxin_embed(yinxin_http web_files
  openapi.json
  web/messages.zh-CN.json web/messages.en.json
  web/static/favicon.svg web/static/offline.js web/static/offline-worker.js web/static/style.css web/static/verify.js web/static/where.svg
  web/templates/docs.mustache web/templates/error.mustache web/templates/home.mustache
  web/templates/layout.mustache web/templates/offline.mustache web/templates/problem.mustache web/templates/result.mustache)
