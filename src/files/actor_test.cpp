#include "files/actor.h"

#include <gtest/gtest.h>

namespace vedette::files {
namespace {

TEST(Actor, ProcessesThatOneLoopStartsAreOneActor) {
  Actor first;
  first.process = {
      .pid = 10, .start_ticks = 1, .executable = "/usr/bin/openssl", .name = "openssl", .arguments = {"a"}};
  first.ancestors = {
      {.pid = 9, .start_ticks = 1, .executable = "/bin/bash", .name = "bash", .arguments = {}}};
  first.session = 9;
  Actor second = first;
  second.process.pid = 11;
  second.process.arguments = {"b"};
  EXPECT_EQ(first.key(), second.key());
  second.uid = 1000;
  EXPECT_NE(first.key(), second.key());
}

}  // namespace
}  // namespace vedette::files
