// One recorded version of a page as a real Chromium shows it, without network, kept in a folder so that the
// judge can be run again on the same looks.
#pragma once

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "../sites/corpus.h"
#include "sites/render/renderer.h"
#include "sites/watch/render_view.h"

namespace vedette::bench {

inline std::string bytes_of(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

// First line: status, loaded, interrupted, parts that failed; second: final address; then "count kind
// origin".
inline void keep(const sites::Rendered& r, const fs::path& stem) {
  std::ofstream(stem.string() + ".html", std::ios::binary) << r.dom;
  std::ofstream(stem.string() + ".png", std::ios::binary) << r.screenshot_png;
  std::ofstream meta(stem.string() + ".meta");
  meta << r.status << ' ' << r.loaded << ' ' << r.interrupted << ' ' << r.parts_failed << '\n'
       << r.final_url << '\n';
  for (const auto& o : r.origins) meta << o.count << ' ' << o.kind << ' ' << o.origin << '\n';
}

inline sites::Rendered kept(const fs::path& stem) {
  sites::Rendered out;
  out.dom = bytes_of(stem.string() + ".html");
  out.screenshot_png = bytes_of(stem.string() + ".png");
  std::ifstream meta(stem.string() + ".meta");
  meta >> out.status >> out.loaded >> out.interrupted >> out.parts_failed >> std::ws;
  std::getline(meta, out.final_url);
  sites::RuntimeOrigin origin;
  while (meta >> origin.count >> origin.kind && std::getline(meta >> std::ws, origin.origin))
    out.origins.push_back(origin);
  return out;
}

// Renders `version` of `page` unless it is kept already; nothing when Chromium could not.
inline std::optional<sites::PageView> look(sites::Renderer& renderer, const RecordedPage& page,
                                           std::size_t version, const fs::path& folder) {
  const fs::path stem = folder / fmt::format("{}-{:02}", page.name, version);
  if (!fs::exists(stem.string() + ".meta")) {
    sites::RenderRequest request;
    request.url = page.url;
    request.html = page.fetches[version];
    request.timeout = std::chrono::seconds(60);
    auto rendered = renderer.render(request);
    if (!rendered) {
      std::cerr << page.name << ' ' << version << ": " << rendered.error().full() << '\n';
      return std::nullopt;
    }
    keep(*rendered, stem);
  }
  sites::PageView out;
  out.rendered = kept(stem);
  if (auto picture = sites::decode_png(out.rendered.screenshot_png)) out.picture = *std::move(picture);
  return out;
}

}  // namespace vedette::bench
