// Where a Page keeps what is not a view into its input: decoded text, joined words, paths. Strings stay where
// they are.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sites/html/page.h"

namespace vedette::sites {

struct Page::Storage {
  std::string decoded;

  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > left) grow(text.size());
    char* to = at;
    std::memcpy(to, text.data(), text.size());
    at += text.size();
    left -= text.size();
    return {to, text.size()};
  }

 private:
  static constexpr std::size_t kChunkBytes = 16 * 1024;

  void grow(std::size_t need) {
    const std::size_t size = std::max(need, kChunkBytes);
    chunks.push_back(std::make_unique_for_overwrite<char[]>(size));
    at = chunks.back().get();
    left = size;
  }

  std::vector<std::unique_ptr<char[]>> chunks;
  char* at = nullptr;
  std::size_t left = 0;
};

}  // namespace vedette::sites
