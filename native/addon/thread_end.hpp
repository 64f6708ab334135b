// Node waits for its worker threads, also when it ends them (Worker.terminate(), process.exit()): a thread
// that is inside a call of the addon has to come back by itself.
#pragma once

#include <napi.h>

namespace datablock::addon {

/// From now on synchronous waits of this thread end when JavaScript is not to run in it any more.
void end_waits_with_thread(Napi::Env env);

}  // namespace datablock::addon
