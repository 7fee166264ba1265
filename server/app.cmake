yinxin_module(ipc
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/ipc/channel.h
  SOURCES ipc/channel.cpp
  USES common
  LIBS nlohmann_json::nlohmann_json)

yinxin_module(config
  HEADERS
    ${CMAKE_CURRENT_SOURCE_DIR}/config.h ${CMAKE_CURRENT_SOURCE_DIR}/config_keys.h
    ${CMAKE_CURRENT_SOURCE_DIR}/config_sources.h
  SOURCES config.cpp config_keys.cpp config_sources.cpp
  USES common
  LIBS nlohmann_json::nlohmann_json
  PRIVATE_LIBS tomlplusplus::tomlplusplus)

yinxin_module(http_client
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/http_client.h
  SOURCES http_client.cpp
  USES config
  PRIVATE_LIBS CURL::libcurl)

yinxin_module(children
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/children.h
  SOURCES children.cpp
  USES ipc
  PRIVATE_LIBS spdlog::spdlog)

yinxin_module(sealer_client
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/sealer_client.h
  SOURCES sealer_client.cpp
  USES children pki)

yinxin_module(loopback_listener
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/loopback_listener.h
  SOURCES loopback_listener.cpp
  USES common
  PRIVATE_LIBS Poco::Net Poco::Foundation)

# The demo's authorities: how they are told to misbehave, the process as its parent sees it, the process.
yinxin_module(demo_pki_faults
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/demo_pki_faults.h
  SOURCES demo_pki_faults.cpp
  USES common)
yinxin_module(demo_pki_process
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/demo_pki_process.h
  SOURCES demo_pki_process.cpp
  USES children config pki
  PRIVATE_LIBS yinxin_http_client)
yinxin_module(demo_pki
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/demo_pki_site.h
  SOURCES demo_pki_site.cpp
  USES demo_pki_faults loopback_listener keys)
add_executable(yinxin-demo-pki demo_pki.cpp)
target_link_libraries(yinxin-demo-pki PRIVATE yinxin_demo_pki yinxin_ipc yinxin_warnings Threads::Threads)

add_executable(yinxin-sealer sealer.cpp sealer_make.cpp sealer_powers.cpp)
target_link_libraries(yinxin-sealer PRIVATE yinxin_ipc yinxin_keys yinxin_warnings PkgConfig::SECCOMP Threads::Threads)

# Forms stay folders: a build finds those of the source tree, an installed program those in share/yinxin.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/yinxin)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/pdf/forms ${CMAKE_BINARY_DIR}/share/yinxin/forms SYMBOLIC)
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/version.h.in ${CMAKE_CURRENT_BINARY_DIR}/generated/server/version.h @ONLY)

yinxin_module(app
  HEADERS
    ${CMAKE_CURRENT_SOURCE_DIR}/app.h ${CMAKE_CURRENT_SOURCE_DIR}/bench.h ${CMAKE_CURRENT_SOURCE_DIR}/control.h
    ${CMAKE_CURRENT_SOURCE_DIR}/free_port.h ${CMAKE_CURRENT_SOURCE_DIR}/init.h ${CMAKE_CURRENT_SOURCE_DIR}/inspector_pool.h
    ${CMAKE_CURRENT_SOURCE_DIR}/inspector_queue.h ${CMAKE_CURRENT_SOURCE_DIR}/key_keeper.h
    ${CMAKE_CURRENT_SOURCE_DIR}/key_set.h ${CMAKE_CURRENT_SOURCE_DIR}/live_service.h ${CMAKE_CURRENT_SOURCE_DIR}/metrics.h
    ${CMAKE_CURRENT_SOURCE_DIR}/seal_records.h ${CMAKE_CURRENT_SOURCE_DIR}/serve.h ${CMAKE_CURRENT_SOURCE_DIR}/ses_seals.h
  SOURCES app.cpp bench.cpp control.cpp demo_http_client.cpp free_port.cpp init.cpp inspector_pool.cpp inspector_queue.cpp key_keeper.cpp key_set.cpp
    live_service.cpp metrics.cpp seal_records.cpp serve.cpp ses_seals.cpp
  USES sealer_client demo_pki_faults demo_pki_process http_client loopback_listener config http store signer verify pdf_press pdf_rules pdf_reader pki crypto
  PRIVATE_LIBS spdlog::spdlog)
yinxin_embed(yinxin_app samples
  samples/invoice.exempt.json samples/invoice.on-behalf.json samples/invoice.ordinary.json samples/invoice.red.json
  samples/invoice.special.json samples/invoice.two-hundred-lines.json samples/tax-paid-certificate.company.json
  samples/tax-payment-record.five-years.json samples/tax-payment-record.foreigner.json
  samples/tax-payment-record.no-rows.json samples/tax-payment-record.one-year.json
  samples/tax-payment-record.rare-characters.json)

add_executable(yinxin
  main.cpp cli/apikey.cpp cli/bench.cpp cli/doctor.cpp cli/extend.cpp cli/form.cpp cli/fsck.cpp cli/init.cpp cli/issue.cpp cli/keys.cpp
  cli/output.cpp cli/pki.cpp cli/seal.cpp cli/seals.cpp cli/serve.cpp cli/verify.cpp cli/version.cpp)
target_include_directories(yinxin PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/generated)
target_link_libraries(yinxin PRIVATE yinxin_app yinxin_warnings CLI11::CLI11 spdlog::spdlog)
add_dependencies(yinxin yinxin-sealer yinxin-inspector yinxin-demo-pki)

install(TARGETS yinxin RUNTIME DESTINATION bin)
install(TARGETS yinxin-sealer yinxin-inspector yinxin-demo-pki RUNTIME DESTINATION libexec/yinxin)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/pdf/forms DESTINATION share/yinxin)
