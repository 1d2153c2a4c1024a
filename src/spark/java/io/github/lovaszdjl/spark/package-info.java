/** Training, evaluation and prediction on a cluster, by Apache Spark. */
package io.github.lovaszdjl.spark;
