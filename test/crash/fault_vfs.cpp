#include "fault_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "base/assert.h"

namespace vedette::crash {
namespace {

constexpr std::int64_t kSector = 512;

// One file as this process sees it; shared by its connections.
struct Image {
  std::mutex mutex;
  std::string bytes;
  std::map<std::int64_t, std::int64_t> unsynced;  // offset → size, in the order of the file
  bool shortened = false;
};

struct State {
  const FaultWorld* world = nullptr;
  sqlite3_vfs* real = nullptr;
  sqlite3_vfs vfs = {};
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Image>> images;
  std::mt19937 random{std::random_device{}()};
};

State& state() {
  static State one;
  return one;
}

struct File {
  sqlite3_file base;
  Image* image;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* own(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

int close_file(sqlite3_file* file) { return own(file)->real()->pMethods->xClose(own(file)->real()); }

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  auto& image = *own(file)->image;
  std::lock_guard lock(image.mutex);
  auto end = static_cast<sqlite3_int64>(image.bytes.size());
  auto there = std::clamp<sqlite3_int64>(end - offset, 0, size);
  if (there > 0) std::memcpy(to, image.bytes.data() + offset, static_cast<std::size_t>(there));
  if (there == size) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + there, 0, static_cast<std::size_t>(size - there));
  return SQLITE_IOERR_SHORT_READ;
}

int to_disk(File* file, std::int64_t offset, std::int64_t size) {
  const auto& bytes = file->image->bytes;
  size = std::min<std::int64_t>(size, static_cast<std::int64_t>(bytes.size()) - offset);
  if (size <= 0) return SQLITE_OK;
  return file->real()->pMethods->xWrite(file->real(), bytes.data() + offset, static_cast<int>(size), offset);
}

// As the kernel may do at any time: one sector of what was just written, and no other.
int leak_a_sector(File* file, std::int64_t offset, std::int64_t size) {
  std::int64_t sectors = std::max<std::int64_t>(1, size / kSector), chosen = 0;
  {
    std::lock_guard lock(state().mutex);
    if (state().random() % 3 != 0) return SQLITE_OK;
    chosen = static_cast<std::int64_t>(state().random()) % sectors;
  }
  return to_disk(file, offset + chosen * kSector, std::min(kSector, size - chosen * kSector));
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  auto& image = *own(file)->image;
  std::lock_guard lock(image.mutex);
  auto end = static_cast<std::size_t>(offset + size);
  if (state().world->disk_full.load() && end > image.bytes.size()) return SQLITE_FULL;
  if (end > image.bytes.size()) image.bytes.resize(end);
  std::memcpy(image.bytes.data() + offset, from, static_cast<std::size_t>(size));
  if (!state().world->volatile_disk) return to_disk(own(file), offset, size);
  auto& known = image.unsynced[offset];
  known = std::max<std::int64_t>(known, size);
  return leak_a_sector(own(file), offset, size);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  auto& image = *own(file)->image;
  std::lock_guard lock(image.mutex);
  image.bytes.resize(static_cast<std::size_t>(size));
  image.shortened = true;
  return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int flags) {
  auto& image = *own(file)->image;
  auto* real = own(file)->real();
  std::lock_guard lock(image.mutex);
  for (const auto& [offset, size] : image.unsynced) {
    if (int code = to_disk(own(file), offset, size); code != SQLITE_OK) return code;
  }
  image.unsynced.clear();
  if (image.shortened) {
    auto size = static_cast<sqlite3_int64>(image.bytes.size());
    if (int code = real->pMethods->xTruncate(real, size); code != SQLITE_OK) return code;
    image.shortened = false;
  }
  return real->pMethods->xSync(real, flags);
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  std::lock_guard lock(own(file)->image->mutex);
  *size = static_cast<sqlite3_int64>(own(file)->image->bytes.size());
  return SQLITE_OK;
}

int control_file(sqlite3_file* file, int what, void* argument) {
  // These would change the real file behind the image's back.
  if (what == SQLITE_FCNTL_SIZE_HINT || what == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;
  if (what == SQLITE_FCNTL_MMAP_SIZE) return SQLITE_NOTFOUND;
  return own(file)->real()->pMethods->xFileControl(own(file)->real(), what, argument);
}

#define PASS_ON(name, parameters, ...)  \
  int name parameters {                 \
    auto* real = own(file)->real();     \
    return real->pMethods->__VA_ARGS__; \
  }
PASS_ON(lock_file, (sqlite3_file * file, int kind), xLock(real, kind))
PASS_ON(unlock_file, (sqlite3_file * file, int kind), xUnlock(real, kind))
PASS_ON(check_lock, (sqlite3_file * file, int* out), xCheckReservedLock(real, out))
PASS_ON(sector_size, (sqlite3_file * file), xSectorSize(real))
PASS_ON(characteristics, (sqlite3_file * file), xDeviceCharacteristics(real))
PASS_ON(shm_map, (sqlite3_file * file, int page, int size, int extend, void volatile** out),
        xShmMap(real, page, size, extend, out))
PASS_ON(shm_lock, (sqlite3_file * file, int offset, int count, int flags),
        xShmLock(real, offset, count, flags))
PASS_ON(shm_unmap, (sqlite3_file * file, int remove), xShmUnmap(real, remove))
#undef PASS_ON
void shm_barrier(sqlite3_file* file) { own(file)->real()->pMethods->xShmBarrier(own(file)->real()); }

constexpr sqlite3_io_methods kMethods = {
    2,         close_file,  read_file,  write_file,   truncate_file, sync_file,       size_of_file,
    lock_file, unlock_file, check_lock, control_file, sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,      nullptr};

std::shared_ptr<Image> read_image(sqlite3_file* real) {
  auto image = std::make_shared<Image>();
  sqlite3_int64 size = 0;
  VEDETTE_ASSERT(real->pMethods->xFileSize(real, &size) == SQLITE_OK);
  image->bytes.resize(static_cast<std::size_t>(size));
  if (size > 0)
    VEDETTE_ASSERT(real->pMethods->xRead(real, image->bytes.data(), static_cast<int>(size), 0) == SQLITE_OK);
  return image;
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  auto* real_vfs = state().real;
  if (!name || (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0)
    return real_vfs->xOpen(real_vfs, name, file, flags, out);
  file->pMethods = nullptr;
  auto* mine = own(file);
  if (int code = real_vfs->xOpen(real_vfs, name, mine->real(), flags, out); code != SQLITE_OK) return code;
  std::lock_guard lock(state().mutex);
  auto& image = state().images[name];
  if (!image) image = read_image(mine->real());
  mine->image = image.get();
  file->pMethods = &kMethods;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* name, int sync) {
  std::lock_guard lock(state().mutex);
  state().images.erase(name);
  return state().real->xDelete(state().real, name, sync);
}

}  // namespace

void register_fault_vfs(const FaultWorld& world) {
  auto& own_state = state();
  own_state.world = &world;
  own_state.real = sqlite3_vfs_find(nullptr);
  own_state.vfs = *own_state.real;
  own_state.vfs.pNext = nullptr;
  own_state.vfs.zName = "vedette-fault";
  own_state.vfs.szOsFile = own_state.real->szOsFile + static_cast<int>(sizeof(File));
  own_state.vfs.xOpen = open_file;
  own_state.vfs.xDelete = delete_file;
  VEDETTE_ASSERT(sqlite3_vfs_register(&own_state.vfs, 1) == SQLITE_OK);
}

}  // namespace vedette::crash
