# yinxin_embed(<target> <name> <file>...)
# Puts files into the program. After it, the target's sources may write
#   namespace yinxin::server::embedded { std::span<const EmbeddedFile> <name>(); }   // declared in "embedded/<name>.h"
# Files are named as given, relative to the current source directory, in the given order.
if(CMAKE_SCRIPT_MODE_FILE)
  # Build time: cmake -DNAME= -DSOURCE_DIR= -DOUTPUT= -DFILES=a|b -P embed.cmake
  string(REPLACE "|" ";" FILES "${FILES}")
  set(arrays "")
  set(table "")
  set(index 0)
  foreach(file IN LISTS FILES)
    file(READ "${SOURCE_DIR}/${file}" hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR size "${digits} / 2")
    string(REGEX REPLACE "(................................................................)" "\\1\n" hex "${hex}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
    string(APPEND arrays "const unsigned char file_${index}[] = {\n${hex}0};\n")
    string(APPEND table "    EmbeddedFile{\"${file}\", {reinterpret_cast<const char*>(file_${index}), ${size}}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(WRITE "${OUTPUT}" "// Written by embed.cmake.
#include \"embedded/${NAME}.h\"
namespace yinxin::server::embedded {
namespace {
${arrays}}  // namespace
std::span<const EmbeddedFile> ${NAME}() {
    static const EmbeddedFile files[] = {
${table}    };
    return files;
}
}  // namespace yinxin::server::embedded
")
  return()
endif()

set(YINXIN_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE} CACHE INTERNAL "")

function(yinxin_embed target name)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/generated)
  set(output ${folder}/embedded/${name}.cpp)
  file(CONFIGURE OUTPUT ${folder}/embedded/${name}.h CONTENT "// Written by embed.cmake.
#pragma once
#include \"server/embedded.h\"
namespace yinxin::server::embedded {
std::span<const EmbeddedFile> @name@();
}
" @ONLY)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE paths)
  string(REPLACE ";" "|" files "${ARGN}")
  add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DSOURCE_DIR=${CMAKE_CURRENT_SOURCE_DIR} -DOUTPUT=${output}
              "-DFILES=${files}" -P ${YINXIN_EMBED_SCRIPT}
      DEPENDS ${paths} ${YINXIN_EMBED_SCRIPT} VERBATIM COMMENT "Embedding ${name}")
  target_sources(${target} PRIVATE ${output})
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
