# cmake --install build/release --prefix /usr: the program, the library of the event store, and what the system needs to run
# and to explain it. Units name /usr/bin/vedette, so another prefix needs its own.
include(GNUInstallDirs)
set(packaging "${CMAKE_SOURCE_DIR}/packaging")
install(TARGETS vedette RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(PROGRAMS "${CMAKE_BINARY_DIR}/libduckdb.so" DESTINATION lib/vedette)
install(FILES "${packaging}/vedette.service" "${packaging}/vedette-watchdog.service" "${packaging}/vedette-agent.service"
        DESTINATION lib/systemd/system)
install(FILES "${packaging}/vedette.sysusers" DESTINATION lib/sysusers.d RENAME vedette.conf)
install(FILES "${packaging}/vedette.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${packaging}/completions/vedette.bash" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME vedette)
install(FILES "${packaging}/completions/_vedette" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
install(FILES "${packaging}/completions/vedette.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
# Never over a configuration that somebody has changed.
install(CODE "
  set(to \"\$ENV{DESTDIR}/etc/vedette/vedette.toml\")
  if(EXISTS \"\${to}\")
    message(STATUS \"Kept: \${to}\")
  else()
    configure_file(\"${packaging}/vedette.toml\" \"\${to}\" COPYONLY)
    message(STATUS \"Installing: \${to}\")
  endif()")
