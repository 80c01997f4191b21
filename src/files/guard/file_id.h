// FileId: names one file of one file system for as long as it exists, whatever its path: the file system id
// and the file handle of the kernel (as fanotify reports it), as opaque bytes. Inode numbers are given out
// again; handles carry a generation. "" is no file.
#pragma once

#include <string>
#include <string_view>

namespace vedette::files {

using FileId = std::string;

FileId make_file_id(const void* fsid, int handle_type, std::string_view handle);
// "" when the file system has no handles.
FileId file_id_of(int fd);
FileId file_id_of(const std::string& path);  // does not open it, does not follow a link
std::string to_hex(std::string_view bytes);
std::string from_hex(std::string_view text);

}  // namespace vedette::files
