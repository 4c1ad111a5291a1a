# calico_jni_headers(TARGET io/calicomesos/linux/Veth.java ...)
#
# Generates the JNI headers of the Java classes whose natives TARGET implements, so that a signature that changes in
# Java breaks the C++ build. The classes named must compile from the sources alone, without Maven's class path.
function(calico_jni_headers target)
  set(root ${PROJECT_SOURCE_DIR}/java/src/main/java)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/jni)
  list(TRANSFORM ARGN PREPEND ${root}/ OUTPUT_VARIABLE sources)
  add_custom_command(
    OUTPUT ${out}/stamp
    COMMAND ${Java_JAVAC_EXECUTABLE} --release 17 -implicit:none -sourcepath ${root} -h ${out} -d ${out}/classes ${sources}
    COMMAND ${CMAKE_COMMAND} -E touch ${out}/stamp
    DEPENDS ${sources}
    COMMENT "Generating the JNI headers of ${target}"
    VERBATIM)
  add_custom_target(${target}_jni_headers DEPENDS ${out}/stamp)
  add_dependencies(${target} ${target}_jni_headers)
  target_include_directories(${target} SYSTEM PRIVATE ${out} ${JNI_INCLUDE_DIRS})
endfunction()
