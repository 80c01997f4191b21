#include "fault_world.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <new>

#include "base/assert.h"

namespace vedette::crash {
namespace {

void* map(const std::filesystem::path& path, int flags) {
  int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  VEDETTE_ASSERT(fd >= 0);
  VEDETTE_ASSERT(::ftruncate(fd, sizeof(FaultWorld)) == 0);
  void* page = ::mmap(nullptr, sizeof(FaultWorld), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  VEDETTE_ASSERT(page != MAP_FAILED);
  ::close(fd);
  return page;
}

std::int64_t monotonic_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

FaultWorld& FaultWorld::make(const std::filesystem::path& path) {
  auto* world = new (map(path, O_RDWR | O_CREAT | O_TRUNC)) FaultWorld;
  world->began_ns = monotonic_ns();
  return *world;
}

FaultWorld& FaultWorld::open(const std::filesystem::path& path) {
  return *static_cast<FaultWorld*>(map(path, O_RDWR));
}

void FaultWorld::pass(Boundary boundary) {
  if (countdown.load() <= 0 || countdown.fetch_sub(1) != 1) return;
  ++kills[boundary];
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

WallTime FaultClock::wall() const {
  constexpr std::int64_t kStartMs = 1'800'000'000'000, kMillion = 1'000'000;
  auto passed_ms = (steady().time_since_epoch().count() - world_.began_ns) / kMillion;
  return from_unix_ms(kStartMs + passed_ms + passed_ms * world_.slew_ppm.load() / kMillion +
                      world_.wall_offset_ms.load());
}

SteadyTime FaultClock::steady() const {
  auto passed = monotonic_ns() - world_.began_ns;
  return SteadyTime(std::chrono::nanoseconds(world_.began_ns + passed * FaultWorld::kSpeed));
}

}  // namespace vedette::crash
