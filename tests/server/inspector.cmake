add_executable(yinxin-hostile-nest hostile_nest.cpp)
target_include_directories(yinxin-hostile-nest PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(yinxin-hostile-nest PRIVATE yinxin_inspector_nest yinxin_verify yinxin_warnings)
yinxin_test(server_inspector_nest SOURCES inspector_nest_test.cpp USES children inspector_nest)
add_dependencies(server_inspector_nest_test yinxin-hostile-nest)
# The verifier in its sandbox; signed files come from the signer.
yinxin_test(inspector SOURCES inspector_test.cpp USES app verify signer keys pdf_reader)
add_dependencies(inspector_test yinxin-inspector)
