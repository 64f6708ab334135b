# Installs the C++ headers, with those of the core that they need. In the source tree the core's headers know one another as
# "core/...", which is too common a name for other people's include paths: installed they are <datablock/core/...>.
set(target "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/${INCLUDE_DIR}")

function(install_header from to)
  file(READ ${from} text)
  string(REGEX REPLACE "#include \"(core|platform)/" "#include \"datablock/\\1/" text "${text}")
  set(previous "")
  if(EXISTS ${to})
    file(READ ${to} previous)
  endif()
  if(NOT previous STREQUAL text)
    file(WRITE ${to} "${text}")
  endif()
  list(APPEND CMAKE_INSTALL_MANIFEST_FILES ${to})
  set(CMAKE_INSTALL_MANIFEST_FILES ${CMAKE_INSTALL_MANIFEST_FILES} PARENT_SCOPE)
endfunction()

file(GLOB headers RELATIVE ${SOURCE_DIR} ${SOURCE_DIR}/core/*.hpp ${SOURCE_DIR}/core/*.def
  ${SOURCE_DIR}/platform/linux/*.hpp)
foreach(header ${headers})
  install_header(${SOURCE_DIR}/${header} ${target}/${header})
endforeach()
file(GLOB headers RELATIVE ${SOURCE_DIR}/include/datablock ${SOURCE_DIR}/include/datablock/*.hpp)
foreach(header ${headers})
  install_header(${SOURCE_DIR}/include/datablock/${header} ${target}/${header})
endforeach()
message(STATUS "Installed the C++ headers: ${target}")
