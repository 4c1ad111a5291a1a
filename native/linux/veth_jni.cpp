#include "veth.hpp"

#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"

using namespace calicomesos::kernel;

namespace {

// A rate of 0 is none.
std::optional<TokenBucket> bucket_of(jlong rate, jlong burst) {
  if (rate == 0) {
    return std::nullopt;
  }
  return TokenBucket{static_cast<uint64_t>(rate), static_cast<uint32_t>(burst)};
}

// False: an exception is raised.
bool addresses_of(JNIEnv* env, jobjectArray octets_of_each, std::vector<Address>& addresses) {
  for (jsize i = 0; i < env->GetArrayLength(octets_of_each); ++i) {
    const auto bytes = static_cast<jbyteArray>(env->GetObjectArrayElement(octets_of_each, i));
    const std::string octets = to_string(env, bytes);
    env->DeleteLocalRef(bytes);
    Result<Address> address = Address::from_bytes(reinterpret_cast<const uint8_t*>(octets.data()), octets.size());
    if (!address.ok()) {
      raise(env, address.error());
      return false;
    }
    addresses.push_back(address.value());
  }
  return true;
}

}  // namespace

JNIEXPORT void JNICALL Java_io_calicomesos_linux_NativeLibrary_attachVeth(JNIEnv* env, jobject,
                                                                          jstring network_namespace,
                                                                          jstring host_interface,
                                                                          jstring container_interface,
                                                                          jbyteArray container_mac, jint mtu,
                                                                          jobjectArray addresses,
                                                                          jboolean default_route,
                                                                          jint tx_queue_length, jlong ingress_rate,
                                                                          jlong ingress_burst, jlong egress_rate,
                                                                          jlong egress_burst, jstring egress_device) {
  native(env, 0, [&] {
    Veth veth{to_string(env, network_namespace),
              to_string(env, host_interface),
              to_string(env, container_interface),
              {},
              static_cast<uint32_t>(mtu),
              {},
              default_route == JNI_TRUE,
              std::nullopt,
              bucket_of(ingress_rate, ingress_burst),
              bucket_of(egress_rate, egress_burst),
              to_string(env, egress_device)};
    if (tx_queue_length >= 0) {
      veth.tx_queue_length = static_cast<uint32_t>(tx_queue_length);
    }
    env->GetByteArrayRegion(container_mac, 0, 6, reinterpret_cast<jbyte*>(veth.container_mac.data()));
    if (!addresses_of(env, addresses, veth.addresses)) {
      return 0;
    }
    if (Failure failure = attach_veth(veth)) {
      raise(env, *failure);
    }
    return 0;
  });
}

JNIEXPORT jboolean JNICALL Java_io_calicomesos_linux_NativeLibrary_detachVeth(JNIEnv* env, jobject,
                                                                              jstring host_interface) {
  return native<jboolean>(env, JNI_FALSE, [&]() -> jboolean {
    Result<bool> detached = detach_veth(to_string(env, host_interface));
    if (!detached.ok()) {
      raise(env, detached.error());
      return JNI_FALSE;
    }
    return detached.value() ? JNI_TRUE : JNI_FALSE;
  });
}

JNIEXPORT jboolean JNICALL Java_io_calicomesos_linux_NativeLibrary_discardVeth(JNIEnv* env, jobject,
                                                                               jstring host_interface,
                                                                               jobjectArray addresses,
                                                                               jstring egress_device) {
  return native<jboolean>(env, JNI_FALSE, [&]() -> jboolean {
    std::vector<Address> its;
    if (!addresses_of(env, addresses, its)) {
      return JNI_FALSE;
    }
    Result<bool> discarded = discard_veth(to_string(env, host_interface), its, to_string(env, egress_device));
    if (!discarded.ok()) {
      raise(env, discarded.error());
      return JNI_FALSE;
    }
    return discarded.value() ? JNI_TRUE : JNI_FALSE;
  });
}

JNIEXPORT void JNICALL Java_io_calicomesos_linux_NativeLibrary_deleteDiscarded(JNIEnv* env, jobject) {
  native(env, 0, [&] {
    if (Failure failure = delete_discarded()) {
      raise(env, *failure);
    }
    return 0;
  });
}

JNIEXPORT jboolean JNICALL Java_io_calicomesos_linux_NativeLibrary_interfaceExists(JNIEnv* env, jobject, jstring name) {
  return native<jboolean>(env, JNI_FALSE, [&]() -> jboolean {
    Result<bool> exists = interface_exists(to_string(env, name));
    if (!exists.ok()) {
      raise(env, exists.error());
      return JNI_FALSE;
    }
    return exists.value() ? JNI_TRUE : JNI_FALSE;
  });
}

JNIEXPORT jobjectArray JNICALL Java_io_calicomesos_linux_NativeLibrary_listVeths(JNIEnv* env, jobject, jstring prefix) {
  return native<jobjectArray>(env, nullptr, [&]() -> jobjectArray {
    Result<std::vector<std::string>> names = list_veths(to_string(env, prefix));
    if (!names.ok()) {
      raise(env, names.error());
      return nullptr;
    }
    return to_strings(env, names.value());
  });
}
