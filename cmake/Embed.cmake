# vedette_embed(TARGET NAMESPACE SYMBOL DIR)
# Puts every file below DIR into TARGET as read-only data. The generated <SYMBOL>.h declares
#   namespace NAMESPACE { std::span<const vedette::EmbeddedFile> SYMBOL(); }  (path below DIR, bytes)
set(VEDETTE_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed_files.cmake")
function(vedette_embed target namespace symbol dir)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS "${dir}/*")
  set(out "${CMAKE_CURRENT_BINARY_DIR}/embedded")
  add_custom_command(
    OUTPUT "${out}/${symbol}.cpp" "${out}/${symbol}_data.S"
    COMMAND ${CMAKE_COMMAND} -DDIR=${dir} -DOUT=${out} -DNS=${namespace} -DSYMBOL=${symbol} -P ${VEDETTE_EMBED_SCRIPT}
    DEPENDS ${files} "${VEDETTE_EMBED_SCRIPT}"
    VERBATIM)
  set_source_files_properties("${out}/${symbol}_data.S" PROPERTIES OBJECT_DEPENDS "${files}" SKIP_PRECOMPILE_HEADERS ON)
  set_source_files_properties("${out}/${symbol}.cpp" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${target} PRIVATE "${out}/${symbol}.cpp" "${out}/${symbol}_data.S")
endfunction()
