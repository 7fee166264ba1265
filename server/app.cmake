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

yinxin_module(children
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/children.h
  SOURCES children.cpp
  USES ipc
  PRIVATE_LIBS spdlog::spdlog)

yinxin_module(sealer_client
  HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/sealer_client.h
  SOURCES sealer_client.cpp
  USES children pki)

add_executable(yinxin-sealer sealer.cpp)
target_link_libraries(yinxin-sealer PRIVATE yinxin_ipc yinxin_keys yinxin_warnings PkgConfig::SECCOMP Threads::Threads)

# Forms stay folders: a build finds those of the source tree, an installed program those in share/yinxin.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/yinxin)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/pdf/forms ${CMAKE_BINARY_DIR}/share/yinxin/forms SYMBOLIC)
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/version.h.in ${CMAKE_CURRENT_BINARY_DIR}/generated/server/version.h @ONLY)

yinxin_module(app
  HEADERS
    ${CMAKE_CURRENT_SOURCE_DIR}/app.h ${CMAKE_CURRENT_SOURCE_DIR}/bench.h ${CMAKE_CURRENT_SOURCE_DIR}/control.h
    ${CMAKE_CURRENT_SOURCE_DIR}/init.h ${CMAKE_CURRENT_SOURCE_DIR}/inspector_pool.h
    ${CMAKE_CURRENT_SOURCE_DIR}/inspector_queue.h ${CMAKE_CURRENT_SOURCE_DIR}/seal_records.h ${CMAKE_CURRENT_SOURCE_DIR}/serve.h
  SOURCES app.cpp bench.cpp control.cpp init.cpp inspector_pool.cpp inspector_queue.cpp seal_records.cpp serve.cpp
  USES sealer_client config http store signer verify pdf_press pdf_rules pdf_reader pki crypto
  PRIVATE_LIBS spdlog::spdlog)
yinxin_embed(yinxin_app samples
  samples/invoice.exempt.json samples/invoice.on-behalf.json samples/invoice.ordinary.json samples/invoice.red.json
  samples/invoice.special.json samples/invoice.two-hundred-lines.json samples/tax-paid-certificate.company.json
  samples/tax-payment-record.five-years.json samples/tax-payment-record.foreigner.json
  samples/tax-payment-record.no-rows.json samples/tax-payment-record.one-year.json
  samples/tax-payment-record.rare-characters.json)

add_executable(yinxin
  main.cpp cli/apikey.cpp cli/bench.cpp cli/doctor.cpp cli/form.cpp cli/fsck.cpp cli/init.cpp cli/issue.cpp cli/output.cpp cli/seal.cpp cli/seals.cpp cli/serve.cpp
  cli/verify.cpp cli/version.cpp)
target_include_directories(yinxin PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/generated)
target_link_libraries(yinxin PRIVATE yinxin_app yinxin_warnings CLI11::CLI11 spdlog::spdlog)
add_dependencies(yinxin yinxin-sealer yinxin-inspector)

install(TARGETS yinxin RUNTIME DESTINATION bin)
install(TARGETS yinxin-sealer yinxin-inspector RUNTIME DESTINATION libexec/yinxin)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/pdf/forms DESTINATION share/yinxin)
