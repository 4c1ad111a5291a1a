/** What is loaded when the class-data archive is made (packaging/archive-classes). Nothing here is used by the module or the command. */
package io.calicomesos.archive;
