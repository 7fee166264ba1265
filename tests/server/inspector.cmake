# The verifier in its sandbox; signed files come from the signer.
yinxin_test(inspector SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/inspector_test.cpp USES children verify signer keys pdf_reader)
target_compile_definitions(inspector_test PRIVATE YINXIN_INSPECTOR="$<TARGET_FILE:yinxin-inspector>")
add_dependencies(inspector_test yinxin-inspector)
