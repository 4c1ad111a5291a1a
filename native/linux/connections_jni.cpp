#include "connections.hpp"
#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"

using namespace calicomesos::kernel;

JNIEXPORT void JNICALL Java_io_calicomesos_linux_NativeLibrary_forgetConnections(JNIEnv* env, jobject,
                                                                                 jbyteArray address) {
  native(env, 0, [&] {
    const std::string octets = to_string(env, address);
    Result<Address> of = Address::from_bytes(reinterpret_cast<const uint8_t*>(octets.data()), octets.size());
    const Failure failure = of.ok() ? forget_connections(of.value()) : Failure(of.error());
    if (failure) {
      raise(env, *failure);
    }
    return 0;
  });
}
