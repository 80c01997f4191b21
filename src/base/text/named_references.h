// The 2,231 named character references of the HTML standard (&amp; &eacute …), for everything that reads
// them. Immutable after the first call; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace vedette {

struct NamedReference {
  std::string_view name;  // without '&'; with ';' except where the standard allows to leave it out
  std::string_view text;  // UTF-8
};

// Sorted by the bytes of the name, so that the names with a given beginning are neighbours.
class NamedReferences {
 public:
  static constexpr std::size_t kCount = 2231;
  static constexpr std::size_t kNameBytesMax = 33;

  static const NamedReferences& get();
  const NamedReference& operator[](std::size_t index) const { return table_[index]; }

  // Narrows [low, high), whose names agree in their first `depth` bytes, to those with `byte` next.
  void narrow(std::size_t& low, std::size_t& high, std::size_t depth, char byte) const;

 private:
  NamedReferences();
  const NamedReference* table_;
};

// What a numeric reference to `code` means: Unicode's replacement where the standard asks for it. UTF-8.
std::string_view numeric_reference(std::uint32_t code, char (&buffer)[4]);

}  // namespace vedette
