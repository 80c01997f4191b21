#include "files/guard/file_id.h"

#include <fcntl.h>
#include <sys/statfs.h>

#include <cstring>

namespace vedette::files {
namespace {

struct Handle {
  file_handle head;
  unsigned char bytes[MAX_HANDLE_SZ];
};

FileId id_of(int directory, const char* path, int flags, const struct statfs& system) {
  Handle handle{};
  handle.head.handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (::name_to_handle_at(directory, path, &handle.head, &mount, flags) != 0) return {};
  return make_file_id(&system.f_fsid, handle.head.handle_type,
                      {reinterpret_cast<const char*>(handle.head.f_handle), handle.head.handle_bytes});
}

}  // namespace

FileId make_file_id(const void* fsid, int handle_type, std::string_view handle) {
  FileId id(8 + sizeof handle_type, '\0');
  std::memcpy(id.data(), fsid, 8);
  std::memcpy(id.data() + 8, &handle_type, sizeof handle_type);
  return id.append(handle);
}

FileId file_id_of(int fd) {
  struct statfs system{};
  if (::fstatfs(fd, &system) != 0) return {};
  return id_of(fd, "", AT_EMPTY_PATH, system);
}

FileId file_id_of(const std::string& path) {
  struct statfs system{};
  auto parent = path.substr(0, path.rfind('/'));
  if (::statfs(parent.empty() ? "/" : parent.c_str(), &system) != 0) return {};
  return id_of(AT_FDCWD, path.c_str(), 0, system);
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    auto value = static_cast<unsigned char>(c);
    out += digits[value >> 4];
    out += digits[value & 15];
  }
  return out;
}

std::string from_hex(std::string_view text) {
  auto digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; };
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return out;
}

}  // namespace vedette::files
