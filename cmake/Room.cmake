# vedette_room(NAME [ROOMS r…] [LIBS lib…] [SHARDS n])
# One room of src/: every *.cpp becomes the library vedette_NAME, every *_test.cpp the test program NAME_test.
# SHARDS splits its tests over n processes. ROOMS are the rooms it may include; a room below it in the list of ARCHITECTURE.md is an error of design.
function(vedette_room name)
  cmake_parse_arguments(ROOM "" "SHARDS" "ROOMS;LIBS;TEST_LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
  list(TRANSFORM ROOM_ROOMS PREPEND vedette_)

  vedette_unity(compiled vedette_${name} ${sources})
  add_library(vedette_${name} STATIC ${compiled})
  set_target_properties(vedette_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(vedette_${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(vedette_${name} PUBLIC ${ROOM_ROOMS} ${ROOM_LIBS} Threads::Threads)
  if(name STREQUAL "base")
    target_precompile_headers(vedette_${name} PRIVATE "${CMAKE_SOURCE_DIR}/cmake/pch.h")
    add_library(vedette_test_pch OBJECT "${CMAKE_SOURCE_DIR}/cmake/test_pch.cpp")
    target_link_libraries(vedette_test_pch PRIVATE vedette_base GTest::gmock GTest::gtest)
    target_precompile_headers(vedette_test_pch PRIVATE "${CMAKE_SOURCE_DIR}/cmake/test_pch.h")
  else()
    target_precompile_headers(vedette_${name} REUSE_FROM vedette_base)
  endif()

  if(tests)
    vedette_unity(compiled ${name}_test ${tests})
    add_executable(${name}_test ${compiled})
    target_link_libraries(${name}_test PRIVATE vedette_${name} ${ROOM_TEST_LIBS} GTest::gmock GTest::gtest GTest::gtest_main)
    target_precompile_headers(${name}_test REUSE_FROM vedette_test_pch)
    # Only where it is used: a path of this clone on every command line would defeat the compiler cache of the others.
    foreach(test ${tests})
      file(STRINGS "${test}" mentions REGEX "VEDETTE_SOURCE_DIR" LIMIT_COUNT 1)
      if(mentions)
        set_source_files_properties("${test}" PROPERTIES COMPILE_DEFINITIONS "VEDETTE_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
      endif()
    endforeach()
    # Tests that mostly wait (for timeouts, for a browser) are split, so that ctest can run the parts side by side.
    if(ROOM_SHARDS)
      foreach(shard RANGE 1 ${ROOM_SHARDS})
        math(EXPR index "${shard} - 1")
        add_test(NAME ${name}_${shard} COMMAND ${name}_test)
        set_tests_properties(${name}_${shard} PROPERTIES
          ENVIRONMENT "GTEST_TOTAL_SHARDS=${ROOM_SHARDS};GTEST_SHARD_INDEX=${index}")
      endforeach()
    else()
      add_test(NAME ${name} COMMAND ${name}_test)
    endif()
  endif()
endfunction()

# With VEDETTE_UNITY, files that do not disturb each other are compiled together: most of a file's cost is the headers it
# includes. Without it each is compiled alone, which shows that it includes what it needs.
# Sets OUT to what is compiled in place of the files. Not CMake's own unity build: its files name absolute paths, which
# keeps clones from sharing the compiler cache, and it knows nothing of names that are internal to a file.
option(VEDETTE_UNITY "Compile several files at once" ON)
function(vedette_unity out name)
  set(${out} ${ARGN} PARENT_SCOPE)
  if(NOT VEDETTE_UNITY)
    return()
  endif()
  execute_process(COMMAND python3 "${CMAKE_SOURCE_DIR}/cmake/unity_groups.py" 12 "${CMAKE_SOURCE_DIR}/src"
                          "${CMAKE_CURRENT_BINARY_DIR}/${name}_unity" ${ARGN}
                  OUTPUT_VARIABLE compiled OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(${out} ${compiled} PARENT_SCOPE)
  # A name that is new in a file can end its place in a group.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN} "${CMAKE_SOURCE_DIR}/cmake/unity_groups.py")
endfunction()
