// Little-endian fields of the profile's binary form. Reading never passes the end and says so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette::sites {

inline void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

inline bool take(std::string_view& in, int bytes, std::uint64_t& value) {
  if (in.size() < static_cast<std::size_t>(bytes)) return false;
  value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(in[i])) << (8 * i);
  in.remove_prefix(static_cast<std::size_t>(bytes));
  return true;
}

template <class T>
bool take_as(std::string_view& in, int bytes, T& value) {
  std::uint64_t raw = 0;
  if (!take(in, bytes, raw)) return false;
  value = static_cast<T>(raw);
  return true;
}

inline void put_text(std::string& out, std::string_view text, std::size_t bytes_max) {
  text = text.substr(0, bytes_max);
  put(out, text.size(), 2);
  out.append(text);
}

inline bool take_text(std::string_view& in, std::size_t bytes_max, std::string& text) {
  std::uint64_t size = 0;
  if (!take(in, 2, size) || size > bytes_max || size > in.size()) return false;
  text.assign(in.substr(0, size));
  in.remove_prefix(size);
  return true;
}

}  // namespace vedette::sites
