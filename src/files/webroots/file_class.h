// What a file below a web root is to the watch, by its place, name and first bytes. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace vedette::files {

enum class WebClass : std::uint8_t {
  kData,    // pictures, styles, documents: recorded, never alarmed by itself
  kPage,    // what a visitor's browser shows or runs: HTML, JavaScript, SVG
  kScript,  // what the server runs
  kConfig,  // what changes how the server runs: .htaccess, .user.ini, web.config
  kLink,    // a symbolic link
};
std::string_view to_string(WebClass web_class);

struct WebPlace {
  WebClass web_class = WebClass::kData;
  bool upload = false;  // below a folder that visitors or editors fill
  bool generated =
      false;  // below a cache, log, session or version-control folder: rewritten by the program itself
  bool index = false;  // the page of its folder
  bool top = false;    // directly in the web root
};

// `relative` is below the root, without a leading slash; any bytes.
WebPlace place_of(std::string_view relative);

// Whether the server or the system would run these bytes whatever their name: "<?php", "#!", ELF, "MZ".
// `name_runs_nothing`: the whole content is searched for PHP, not only its start.
bool runs(std::string_view bytes);

// A PHP file that does nothing ("Silence is golden", an empty one): what programs put into upload folders.
bool idle_script(std::string_view bytes);

}  // namespace vedette::files
