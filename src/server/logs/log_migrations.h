// The log watch's tables in the state store. Events lie in the event store (store/events).
#pragma once

#include <span>

#include "store/database.h"

namespace vedette::server {

std::span<const store::Migration> log_migrations();

}  // namespace vedette::server
