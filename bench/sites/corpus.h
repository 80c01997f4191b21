// The recorded pages, with the fixed split: a service belongs to the tuning half when the first hex digit of
// SHA-256(name) is even, else to the checking half; of the defaced pages the even numbers are for tuning.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "base/hash.h"
#include "sites/replay.h"

namespace vedette::bench {
namespace fs = std::filesystem;

struct RecordedPage {
  std::string name, service, url;
  bool tuning = false;
  std::vector<std::string> fetches;
};

struct HostileFile {
  std::string name, body;
  bool tuning = false;
};

inline bool tuning_service(const std::string& service) {
  const char digit = sha256_hex(service).front();
  return (digit <= '9' ? digit - '0' : digit - 'a' + 10) % 2 == 0;
}

inline std::string read_or_stop(const fs::path& file) {
  auto body = sites::read_recorded(file);
  if (!body.has_value()) {
    std::cerr << body.error().full() << '\n';
    std::exit(2);
  }
  return *std::move(body);
}

inline std::vector<RecordedPage> load_pages(const fs::path& folder) {
  std::map<std::string, std::string> services;
  std::ifstream index(folder / "benign-index.tsv");
  for (std::string line; std::getline(index, line);) {
    const std::size_t a = line.find('\t'), b = line.find('\t', a + 1), slash = line.find('/', b);
    if (b == std::string::npos || slash == std::string::npos) continue;
    services[line.substr(0, line.find('/'))] = line.substr(b + 1, slash - b - 1);
  }
  std::vector<RecordedPage> out;
  auto pages = sites::list_recording(folder / "benign");
  if (!pages.has_value()) {
    std::cerr << pages.error().full() << '\n';
    std::exit(2);
  }
  for (const sites::ReplayPage& page : *pages) {
    RecordedPage recorded;
    recorded.name = page.name;
    recorded.service = services.contains(page.name) ? services[page.name] : page.name;
    recorded.tuning = tuning_service(recorded.service);
    for (const fs::path& file : page.fetches) recorded.fetches.push_back(read_or_stop(file));
    recorded.url = sites::own_url(recorded.fetches.front());
    out.push_back(std::move(recorded));
  }
  return out;
}

inline std::vector<HostileFile> load_hostile(const fs::path& folder) {
  std::vector<HostileFile> out;
  const auto files = sites::list_files(folder / "defaced");
  for (const fs::path& file : files.value_or(std::vector<fs::path>{})) {
    const std::string stem = file.stem().string();
    out.push_back(
        {file.filename().string(), read_or_stop(file), !stem.empty() && (stem.back() - '0') % 2 == 0});
  }
  return out;
}

}  // namespace vedette::bench
